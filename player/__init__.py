"""What other sites see: the player alone, in a frame."""

"""What a share is, where it is kept, and how it is made, changed, served and deleted."""

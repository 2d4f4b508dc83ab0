"""How near separated stems are to what was recorded: songs with known stems, measured by BSS Eval and plain SDR."""

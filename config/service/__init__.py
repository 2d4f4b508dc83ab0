"""What `make run` runs: four processes under supervisord, which restarts what dies.

`prepare` gets the machine ready, `programs` says what runs, `keeper` keeps it running until it is told to stop.
"""

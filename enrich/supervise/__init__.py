"""Runs the processes of one machine: starts them in order, restarts what dies, leaves nothing behind."""

"""The pages of the room of calls, one a file."""

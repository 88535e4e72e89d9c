"""One module a command: arguments, one use case, one rendering. Loads no server library."""

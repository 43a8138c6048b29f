"""What each thing costs at least: the same work with nothing around it."""

"""The measurements: each module takes some goals of the list and gives what it found."""

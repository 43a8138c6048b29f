"""Voss Robotics: the demo company, made by a deterministic generator whose sums hold everywhere."""

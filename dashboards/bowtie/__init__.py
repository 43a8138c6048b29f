"""The page of the bowtie: what it reads, and the words and drawings made of it."""

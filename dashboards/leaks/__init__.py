"""The leak map: where euros leave the bowtie, in nine buckets that share no euro (metrics.md)."""

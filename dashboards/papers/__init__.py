"""Pages of the bowtie on paper and by mail: one content, printed as PDF and told in a mail."""

"""The import engine: files through mappings into the tables of the rooms (docs/importing.md)."""

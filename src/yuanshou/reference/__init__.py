"""Small tables of figures shipped with the package; each folder entry has its SOURCE note."""

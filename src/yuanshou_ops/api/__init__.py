"""The same for programs: a typed HTTP API over the actions of the slices, with tokens, keys, paging and one error shape."""

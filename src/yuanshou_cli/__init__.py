"""The command `yuanshou`: parse, call, print. One file a command; each is imported only when it is typed."""

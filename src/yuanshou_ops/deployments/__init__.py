"""Expert and emergency medical teams: asked for, offered, matched, tasked, there, home again."""

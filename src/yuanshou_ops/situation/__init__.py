"""What is going on: snapshots of the world that the planning slice stores, measures in force, pages to read them."""

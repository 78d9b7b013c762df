"""The bridge to the analytical library, and the only slice that imports its stages: snapshots, plan runs, the queue."""

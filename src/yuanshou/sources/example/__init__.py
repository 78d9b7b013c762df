"""The shipped example of supply: what the recorded figures of 2020 say could be sent, and how it could travel."""

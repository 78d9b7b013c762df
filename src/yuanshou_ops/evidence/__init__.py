"""The sources behind every fact: pages taken in, facts proposed from them, facts a person has confirmed."""

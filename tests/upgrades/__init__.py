"""What an older release has written must go on in this one: its databases at every wait state of every diagram."""

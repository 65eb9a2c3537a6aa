"""What can be wrong with the line's standing at Signal: codes, told by `bot.channels.troubles`."""

BRIDGE = "signal-bridge"  # the bridge, or signal-cli behind it, does not answer
ACCOUNT = "signal-account"  # the number is not registered there
CHALLENGE = "signal-challenge"  # Signal wants to see that a person runs the account
IDENTITY = "signal-identity"  # somebody's safety number has changed, and was trusted
#: Seconds without a trouble after which it is over.
CALM = {BRIDGE: 0.0, ACCOUNT: 0.0, CHALLENGE: 0.0, IDENTITY: 86_400.0}

/// This library's version. Ranks compare it before they train together.
public let lockstepVersion = "0.6.0"

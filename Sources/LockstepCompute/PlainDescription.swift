extension BinaryFloatingPoint where Self: CustomStringConvertible {
    /// The shortest digits that give back the same number; what is no number is `nan`, whatever its sign.
    package var plainDescription: String { isNaN ? "nan" : description }
}

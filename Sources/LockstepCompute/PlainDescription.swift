extension BinaryFloatingPoint where Self: CustomStringConvertible {
    /// The shortest digits that give the same number when they are parsed. Not-a-number is `nan`, whatever its sign.
    package var plainDescription: String { isNaN ? "nan" : description }
}

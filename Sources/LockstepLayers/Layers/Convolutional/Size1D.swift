/// A length along a sequence, for example of a kernel or a stride.
///
///     Conv1D(32, kernelSize: 3)
public struct Size1D: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public let length: Int

    public init(_ length: Int) { self.length = length }
    public init(integerLiteral value: Int) { self.init(value) }

    var lengths: [Int] { [length] }
    public var description: String { "\(length)" }
}

/// How windows treat the ends of a sequence.
///
/// - `valid`: windows stay inside the sequence.
/// - `same`: windows reach over both ends, so that at stride 1 the output has the input's length.
/// - `causal`: windows reach over the beginning only, so that an output does not depend on later inputs.
public enum SequencePadding: String, Sendable {
    case valid, same, causal

    init(_ padding: Padding) { self = padding == .same ? .same : .valid }
}

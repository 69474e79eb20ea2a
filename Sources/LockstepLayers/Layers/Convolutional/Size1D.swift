/// A length along a sequence: of a kernel, a stride.
///
///     Conv1D(32, kernelSize: 3)
public struct Size1D: Hashable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public let length: Int

    public init(_ length: Int) { self.length = length }
    public init(integerLiteral value: Int) { self.init(value) }

    public var description: String { "\(length)" }
}

/// What a window does at the ends of a sequence: stay inside, reach over both so that the output, at a stride of 1, has
/// the input's length, or reach over the beginning alone, so that an output depends on no later input.
public enum SequencePadding: String, Sendable {
    case valid, same, causal
}

/// The most memory that a rank may plan for a training.
///
///     try model.fit(x, y, batchSize: 64, memoryLimit: .gigabytes(2))
public struct MemoryLimit: Equatable, Sendable, CustomStringConvertible {
    public let bytes: Int

    public static func bytes(_ count: Int) -> MemoryLimit { MemoryLimit(bytes: count) }
    /// Millions of bytes.
    public static func megabytes(_ count: Double) -> MemoryLimit { MemoryLimit(bytes: wholeNumber(count * 1e6)) }
    /// Thousands of millions of bytes.
    public static func gigabytes(_ count: Double) -> MemoryLimit { MemoryLimit(bytes: wholeNumber(count * 1e9)) }

    private init(bytes: Int) { self.bytes = bytes }

    /// A number too large for an Int becomes the largest Int. One that is not a number becomes 0, which `fit` refuses.
    private static func wholeNumber(_ value: Double) -> Int { Int(exactly: value.rounded()) ?? (value > 0 ? .max : 0) }

    public var description: String { "\(bytes) bytes" }
}

import LockstepCompute

/// What a vocabulary holds: whole numbers or strings.
package protocol LookupToken: Hashable, Comparable, Sendable, ConfigurationConvertible, CustomStringConvertible {
    /// What several are called in errors.
    static var plural: String { get }
    /// Which of them a vocabulary may hold, in errors.
    static var requirement: String { get }
    /// Whether a vocabulary may hold it.
    var isAllowed: Bool { get }
    /// One of several places for a token outside the vocabulary.
    ///
    /// - Parameter isHashed: whether a hash decides, with a key or without, where it need not.
    func place(among count: Int, isHashed: Bool, _ salt: Salt?) -> Int
}

extension Int: LookupToken {
    package static var plural: String { "numbers" }
    package static var requirement: String { "numbers of 32 bits" }
    package var isAllowed: Bool { Int32(exactly: self) != nil }
    package func place(among count: Int, isHashed: Bool, _ salt: Salt?) -> Int {
        guard isHashed else { return (self % count + count) % count }
        return Int(Decimal(Int64(self)).withBytes { Salt.hash($0, salt) } % UInt64(count))
    }
}

/// A string that equals others, and comes before them, by its UTF-8. Swift's strings are equal where Unicode says so: an
/// é in one piece is an e with an accent behind it. Keras compares bytes.
package struct TextToken: LookupToken {
    package let string: String

    package init(_ string: String) { self.string = string }

    package static func == (a: Self, b: Self) -> Bool { a.string.utf8.elementsEqual(b.string.utf8) }
    package static func < (a: Self, b: Self) -> Bool { a.string.utf8.lexicographicallyPrecedes(b.string.utf8) }
    package func hash(into hasher: inout Hasher) {
        var text = string
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    package static var plural: String { "strings" }
    package static var requirement: String { "strings" }
    package var isAllowed: Bool { true }
    package func place(among count: Int, isHashed: Bool, _ salt: Salt?) -> Int {
        Int(string.withTextBytes { Salt.hash($0, salt) } % UInt64(count))
    }

    package init(_ argument: LayerArgument) throws(LayerError) { string = try String(argument) }
    package var configurationValue: ConfigurationValue { .string(string) }
    package var description: String { "\"\(string)\"" }
}

/// Numbers of neighbouring tokens that are joined to one, with blanks between them.
///
///     TextVectorization(ngrams: 2)          // tokens, then pairs of them
///     TextVectorization(ngrams: [2, 3])     // pairs, then triples
public struct Ngrams: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    /// How many tokens are joined.
    public let widths: [Int]
    /// Whether they are all numbers up to one.
    private let isLimit: Bool

    /// All numbers of tokens up to this one.
    public init(upTo limit: Int) { (widths, isLimit) = (limit < 1 ? [] : Array(1...limit), true) }
    /// These numbers of tokens.
    public init(_ widths: [Int]) { (self.widths, isLimit) = (widths, false) }
    public init(integerLiteral value: Int) { self.init(upTo: value) }
    public init(arrayLiteral elements: Int...) { self.init(elements) }

    func joined(_ tokens: [String]) -> [String] {
        widths.flatMap { width in
            (0..<max(0, tokens.count - width + 1)).map { tokens[$0..<$0 + width].joined(separator: " ") }
        }
    }

    /// How many there are of some tokens.
    func count(of tokens: Int) -> Int { widths.reduce(0) { $0 + max(0, tokens - $1 + 1) } }
}

extension Ngrams: ConfigurationConvertible {
    public init(_ argument: LayerArgument) throws(LayerError) {
        if case .integer = argument.value { self.init(upTo: try Int(argument)) } else { self.init(try [Int](argument)) }
    }
    public var configurationValue: ConfigurationValue {
        isLimit ? .integer(widths.count) : widths.configurationValue
    }
}

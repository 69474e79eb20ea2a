/// A whole number, written in decimal digits.
package struct Decimal: Sendable {
    /// The digits, behind a minus where the number is negative.
    private var text = SIMD32<UInt8>()
    private var count = 0

    package init(_ number: Int64) {
        var rest = number.magnitude
        var digits = SIMD32<UInt8>()
        repeat {
            digits[count] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        if number < 0 {
            digits[count] = UInt8(ascii: "-")
            count += 1
        }
        for index in 0..<count { text[index] = digits[count - 1 - index] }
    }

    /// Calls a body with the digits. Allocates nothing.
    package func withBytes<Result>(_ body: (TextBytes) -> Result) -> Result {
        withUnsafeBytes(of: text) {
            body(TextBytes(UnsafeBufferPointer(rebasing: $0.bindMemory(to: UInt8.self)[..<count])))
        }
    }
}

extension String {
    /// Calls a body with the UTF-8 of the text.
    package func withTextBytes<Result>(_ body: (TextBytes) -> Result) -> Result {
        var text = self
        return text.withUTF8 { body(TextBytes($0)) }
    }
}

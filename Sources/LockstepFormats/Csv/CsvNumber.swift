#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The decimal sign of a table's numbers.
enum DecimalSign: UInt8 {
    case point = 0x2E
    case comma = 0x2C
}

/// The parser of decimal numbers in bytes.
enum CsvNumber {
    /// The float nearest to the number in a range of bytes; nil if there is no number, or if it is out of the range of
    /// floats.
    ///
    /// - Parameter sign: the decimal sign. It is nil as long as no number has decided it, in a table where both are
    ///   possible.
    static func value(_ bytes: [UInt8], _ range: Range<Int>, sign: inout DecimalSign?) -> Float? {
        var position = range.lowerBound
        let end = range.upperBound
        guard position < end else { return nil }
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
        var mantissa: UInt64 = 0
        var exponent = 0
        let start = position
        while position < end, let digit = digit(bytes[position]) {
            if mantissa < mantissaLimit { mantissa = mantissa * 10 + digit } else { exponent += 1 }
            position += 1
        }
        var digits = position - start
        if position < end, let found = DecimalSign(rawValue: bytes[position]), sign == nil || sign == found {
            position += 1
            let fraction = position
            while position < end, let digit = digit(bytes[position]) {
                if mantissa < mantissaLimit {
                    mantissa = mantissa * 10 + digit
                    exponent -= 1
                }
                position += 1
            }
            digits += position - fraction
            if digits > 0 { sign = found }
        }
        guard digits > 0 else { return nil }
        if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
            guard let power = power(bytes, position + 1..<end) else { return nil }
            exponent += power
            position = end
        }
        guard position == end else { return nil }
        guard mantissa > 0 else { return isNegative ? -0.0 : 0 }
        let value = nearest(mantissa, exponent) ?? parsed(bytes[range])
        guard let value else { return nil }
        return isNegative ? -value : value
    }

    /// Above this limit one more digit might overflow.
    private static let mantissaLimit: UInt64 = 1_000_000_000_000_000_000

    private static func digit(_ byte: UInt8) -> UInt64? {
        let digit = byte &- UInt8(ascii: "0")
        return digit < 10 ? UInt64(digit) : nil
    }

    /// The power of ten after an `e`.
    private static func power(_ bytes: [UInt8], _ range: Range<Int>) -> Int? {
        var position = range.lowerBound
        guard position < range.upperBound else { return nil }
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
        guard position < range.upperBound else { return nil }
        var power = 0
        while position < range.upperBound {
            guard let digit = digit(bytes[position]) else { return nil }
            power = min(power * 10 + Int(digit), 1_000_000)
            position += 1
        }
        return isNegative ? -power : power
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The float nearest to `mantissa · 10^exponent`; nil if the double in between does not decide it.
    ///
    /// These powers of ten are exact, so the error of the double is less than two units in its last place (the mantissa
    /// may be rounded, and the quotient is rounded). The double rounds to the nearest float, unless it is that close to
    /// the middle between two floats.
    private static func nearest(_ mantissa: UInt64, _ exponent: Int) -> Float? {
        guard exponent >= -22, exponent <= 22 else { return nil }
        let value = exponent < 0 ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
        let distance = Int(value.bitPattern & 0x1FFF_FFFF) - 0x1000_0000
        return abs(distance) > 8 && value < 3e38 ? Float(value) : nil
    }

    /// The magnitude of a number, through the C library; nil if it is out of the range of floats.
    private static func parsed(_ bytes: ArraySlice<UInt8>) -> Float? {
        let point = CChar(bitPattern: DecimalSign.point.rawValue)
        let text = bytes.map { $0 == DecimalSign.comma.rawValue ? point : CChar(bitPattern: $0) } + [0]
        let value = abs(strtof(text, nil))
        return value.isFinite ? value : nil
    }
}

import ArgumentParser

/// Seconds, from `"50us"`, `"1.5ms"`, `"2s"`.
func seconds(_ text: String, option: String) throws -> Double {
    let units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1)]
    for (unit, factor) in units where text.hasSuffix(unit) {
        if let number = Double(text.dropLast(unit.count)), number >= 0, number.isFinite { return number * factor }
    }
    throw ValidationError("\(option) must be a time of 0 or more such as 50us or 1ms, received: \(text)")
}

/// Bytes a second, from `"12.5GB"`, or `"100Gbit"`.
func bytesPerSecond(_ text: String, option: String) throws -> Double {
    let prefixes: [Character: Double] = ["k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "g": 1e9, "G": 1e9]
    for (unit, size) in [("bit", 1.0 / 8), ("B", 1)] where text.hasSuffix(unit) {
        let rest = text.dropLast(unit.count)
        let prefix = rest.last.flatMap { prefixes[$0] }
        if let number = Double(prefix == nil ? rest : rest.dropLast()), number > 0, number.isFinite {
            return number * (prefix ?? 1) * size
        }
    }
    throw ValidationError(
        "\(option) must be bits or bytes a second above 0 such as 25Gbit or 12.5GB, received: \(text)")
}

/// Numbers of ranks, from `"8,12"`, or `"8-8192"`, where each is twice the one before.
func rankCounts(_ text: String) throws -> [Int] {
    let largest = 65536
    return try text.split(separator: ",", omittingEmptySubsequences: false).flatMap { part in
        let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard ends.count <= 2, ends.allSatisfy({ 1...largest ~= $0 }), ends[0] <= ends[ends.count - 1] else {
            throw ValidationError(
                "--ranks must be numbers from 1 to \(largest) such as 8,12 or 8-8192, received: \(part)")
        }
        return Array(sequence(first: ends[0]) { $0 * 2 <= ends[ends.count - 1] ? $0 * 2 : nil })
    }
}

/// Numbers of bytes, from `"4K,1M"`, or `"4K-1M"`, where each is four times the one before.
func byteSizes(_ text: String, option: String) throws -> [Int] {
    let units: [Character: Int] = ["K": 1024, "M": 1024 * 1024, "G": 1024 * 1024 * 1024]
    return try text.split(separator: ",", omittingEmptySubsequences: false).flatMap { part in
        let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { end in
            let unit = end.last.flatMap { units[$0] }
            return (Int(unit == nil ? end : end.dropLast()) ?? 0, unit ?? 1)
        }
        guard ends.count <= 2, ends.allSatisfy({ 1..<1 << 32 ~= $0.0 }) else {
            throw ValidationError(
                "\(option) must be whole numbers of bytes above 0 such as 500, 64K or 1M, received: \(text)")
        }
        let sizes = ends.map { $0.0 * $0.1 }
        return Array(sequence(first: sizes[0]) { $0 * 4 <= sizes[sizes.count - 1] ? $0 * 4 : nil })
    }
}

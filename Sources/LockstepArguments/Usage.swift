import ArgumentParser

/// Throws an error of the body as one of the command line's usage.
package func usage<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw ValidationError("\(error)") }
}

/// - Throws: `ValidationError` for a number that is given and below the least.
package func checkCounts(atLeast least: Int = 1, _ counts: (name: String, value: Int?)...) throws {
    for (name, value) in counts {
        if let value, value < least { throw ValidationError("\(name) must be \(least) or more, received: \(value)") }
    }
}

/// - Throws: `ValidationError` for what is not Keras's `verbose`.
package func check(verbose: Int) throws {
    guard (0...2).contains(verbose) else { throw ValidationError("--verbose must be 0, 1 or 2, received: \(verbose)") }
}

/// A seed, from text.
///
/// - Throws: `ValidationError` for what is none.
package func parseSeed(_ text: String) throws -> UInt64 {
    guard let seed = UInt64(text) else { throw ValidationError("a seed must be a whole number, 0 or more") }
    return seed
}

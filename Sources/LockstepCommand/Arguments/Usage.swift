import ArgumentParser

/// Throws an error of the body as one of the command line's usage.
func usage<Value>(_ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw ValidationError("\(error)") }
}

/// - Throws: `ValidationError` for a number that is given and below 1.
func checkCounts(_ counts: (name: String, value: Int?)...) throws {
    for (name, value) in counts {
        if let value, value < 1 { throw ValidationError("\(name) must be 1 or more, received: \(value)") }
    }
}

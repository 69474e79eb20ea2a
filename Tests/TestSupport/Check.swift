import Lockstep

/// A property that every communicator must have. All ranks check it together: on threads in tests, under mpirun in
/// `cluster-checks`.
package struct Check: Sendable, CustomStringConvertible {
    package let name: String
    /// Called by every rank. Throws if the property does not hold.
    package let run: @Sendable (any Communicator) throws -> Void

    package init(_ name: String, _ run: @escaping @Sendable (any Communicator) throws -> Void) {
        self.name = name
        self.run = run
    }

    package var description: String { name }

    /// All checks.
    package static let all =
        communicatorChecks + trainingChecks + layerChecks + exchangeChecks + reproducibilityChecks + reachChecks
        + scoringChecks + objectiveChecks + textChecks + checkpointChecks
        + modelFileChecks + fileChecks + failureChecks + lastGoodChecks + faultChecks + memoryChecks
}

package struct CheckFailure: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// - Throws: `CheckFailure` if the condition does not hold.
func expect(_ condition: Bool, _ message: @autoclosure () -> String, line: Int = #line) throws {
    if !condition { throw CheckFailure(description: "line \(line): \(message())") }
}

/// - Throws: `CheckFailure` if the body throws nothing, or another error than the expected one.
func expectThrow(_ what: String, _ isExpected: (any Error) -> Bool, line: Int = #line, _ body: () throws -> Void) throws
{
    do {
        try body()
    } catch {
        return try expect(isExpected(error), "\(what) expected, received: \(error)", line: line)
    }
    try expect(false, "\(what) expected, nothing was thrown", line: line)
}

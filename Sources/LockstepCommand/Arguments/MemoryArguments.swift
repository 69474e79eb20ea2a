import ArgumentParser
import Lockstep

/// How much memory a training may plan.
package struct MemoryArguments: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The most memory that each rank may plan for weights, gradients, optimizer and tensors, 500MB or 1.5GB; "
                + "tensors that would take more are computed again.", valueName: "size"),
        transform: Self.limit)
    var memoryLimit: MemoryLimit?

    package init() {}

    /// A limit, from `"800000B"`, `"500MB"`, `"1.5GB"`.
    package static func limit(_ text: String) throws -> MemoryLimit {
        for (unit, millions) in [("GB", 1e3), ("MB", 1), ("B", 1e-6)] where text.hasSuffix(unit) {
            if let number = Double(text.dropLast(unit.count)), number > 0, number.isFinite {
                return .megabytes(number * millions)
            }
        }
        throw ValidationError("a size above 0 such as 500MB or 1.5GB expected, received: \(text)")
    }
}

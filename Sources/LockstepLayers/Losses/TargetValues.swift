import LockstepCompute

/// The values that targets of a loss may have.
public enum TargetValues: Equatable, Sendable {
    /// All finite numbers. Every loss requires finite targets.
    case any
    case range(ClosedRange<Float>)
    /// Whole numbers from 0 to one below the number of the outputs' columns, and perhaps one more number.
    case classNumbers(except: Int?)

    /// Whole numbers from 0 to one below the number of the outputs' columns.
    public static let classNumbers = classNumbers(except: nil)

    /// Numbers that are 0 or larger.
    public static let notNegative = range(0...Float.greatestFiniteMagnitude)

    /// The requirement for targets, and the position of the first target that violates it; nil if no target does.
    ///
    /// - Parameter outputs: the shape of a row of outputs.
    public func violation(in targets: Tensor, outputs: Shape) -> (requirement: String, position: Int)? {
        switch self {
        case .any: nil
        case .range(let range): targets.firstElement(outside: range).map { (Self.description(range), $0) }
        case .classNumbers(let other): Self.violation(in: targets, classes: outputs.last ?? 0, or: other)
        }
    }

    /// Whether a target is a class number.
    var areClassNumbers: Bool { if case .classNumbers = self { true } else { false } }

    private static func violation(
        in targets: Tensor, classes: Int, or other: Int?
    ) -> (requirement: String, position: Int)? {
        let last = min(classes, wholeNumberLimit) - 1
        let range = 0...Float(max(last, 0))
        func violates(_ position: Int) -> Bool {
            let target = targets[position]
            return !(range.contains(target) && target == target.rounded()) && other.map { target != Float($0) } ?? true
        }
        let outside = other == nil ? targets.firstElement(outside: range) : nil
        guard let position = outside ?? (0..<targets.count).first(where: violates) else { return nil }
        let reason = classes > wholeNumberLimit ? ", for float32 cannot tell larger ones apart" : ""
        return ("whole class numbers from 0 to \(last)\(other.map { " or \($0)" } ?? "")\(reason)", position)
    }

    private static func description(_ range: ClosedRange<Float>) -> String {
        range.upperBound == .greatestFiniteMagnitude
            ? "numbers from \(range.lowerBound.wholeDescription) on"
            : "numbers from \(range.lowerBound.wholeDescription) to \(range.upperBound.wholeDescription)"
    }
}

extension Float {
    /// The number without `.0` at the end if it is whole.
    fileprivate var wholeDescription: String { Int(exactly: self).map(String.init) ?? description }
}

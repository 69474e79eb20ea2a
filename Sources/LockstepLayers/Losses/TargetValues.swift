import LockstepCompute

/// Which values of targets a loss takes.
public enum TargetValues: Equatable, Sendable {
    /// All numbers. That they are finite is checked for every loss.
    case any
    case range(ClosedRange<Float>)
    /// Whole numbers from 0 to below the number of the outputs' columns.
    case classNumbers

    /// Numbers from 0 on.
    public static let notNegative = range(0...Float.greatestFiniteMagnitude)

    /// What must hold for each target, and the position of the first for which it does not; nil if it does for all.
    ///
    /// - Parameter outputs: the shape of a row of outputs.
    public func violation(in targets: Tensor, outputs: Shape) -> (requirement: String, position: Int)? {
        switch self {
        case .any: nil
        case .range(let range): targets.firstElement(outside: range).map { (Self.description(range), $0) }
        case .classNumbers: Self.violation(in: targets, classes: outputs.last ?? 0)
        }
    }

    private static func violation(in targets: Tensor, classes: Int) -> (requirement: String, position: Int)? {
        let last = min(classes, wholeNumberLimit) - 1
        let outside = targets.firstElement(outside: 0...Float(max(last, 0)))
        guard let position = outside ?? (0..<targets.count).first(where: { targets[$0] != targets[$0].rounded() })
        else { return nil }
        let reason = classes > wholeNumberLimit ? ", for float32 cannot tell larger ones apart" : ""
        return ("whole class numbers from 0 to \(last)\(reason)", position)
    }

    private static func description(_ range: ClosedRange<Float>) -> String {
        range.upperBound == .greatestFiniteMagnitude
            ? "numbers from \(range.lowerBound.wholeDescription) on"
            : "numbers from \(range.lowerBound.wholeDescription) to \(range.upperBound.wholeDescription)"
    }
}

extension Float {
    /// Without `.0` behind a whole number.
    fileprivate var wholeDescription: String { Int(exactly: self).map(String.init) ?? description }
}

import LockstepCluster
import LockstepCompute

/// A change of an exchange's pieces apart from their updates.
final class PieceChange: GradientUpdate, @unchecked Sendable {
    private let change: (_ piece: Int, _ crew: Crew) -> Void

    init(_ change: @escaping (_ piece: Int, _ crew: Crew) -> Void) { self.change = change }

    func update(piece: Int, on crew: Crew) { change(piece, crew) }
    func move(piece: Int, on crew: Crew) { change(piece, crew) }
}

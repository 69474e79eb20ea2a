/// Something that must be the same for a training to go on to what it would have come to: its data, its model, an
/// argument.
struct TrainingCondition: Equatable {
    let name, value: String
}

extension [TrainingCondition] {
    /// Checks that a training goes on with what it began with.
    ///
    /// - Parameter file: the checkpoint that remembers what it began with.
    /// - Throws: `TrainingError.checkpoint` that names what differs, and how.
    func check(against remembered: [TrainingCondition], file: String) throws {
        for condition in self {
            let before = remembered.first { $0.name == condition.name }?.value ?? ""
            guard before != condition.value else { continue }
            let (then, now) = Disagreement.difference(before, condition.value)
            throw TrainingError.checkpoint(file: file, what: condition.name, then: then, now: now)
        }
    }
}

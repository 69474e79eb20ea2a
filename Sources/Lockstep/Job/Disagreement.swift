import LockstepCluster

/// Finds where ranks were given different things, before these meet.
struct Disagreement {
    let communicator: any Communicator
    /// Of all ranks.
    let hosts: [String]

    /// Collective: throws if the ranks have different values.
    ///
    /// - Parameters:
    ///   - what: names them.
    ///   - same: for each rank whether its value is rank 0's, as all ranks know.
    ///   - value: this rank's, for the message.
    /// - Throws: `TrainingError.ranksDiffer` on all ranks.
    func check(_ what: String, same: [Bool], value: @autoclosure () -> String) throws {
        let others = same.indices.filter { !same[$0] }
        guard let first = others.first else { return }
        let values = try communicator.shareAll(Array(value().utf8)).map { String(decoding: $0, as: UTF8.self) }
        let (there, here) = Self.difference(values[first], values[0])
        throw TrainingError.ranksDiffer(
            what: what, ranks: others,
            detail: "rank \(first) on \(hosts[first]) has \(there), rank 0 on \(hosts[0]) has \(here)")
    }

    /// Two texts, or of long ones what lies around their first difference.
    static func difference(_ a: String, _ b: String) -> (String, String) {
        let most = 60
        let common = zip(a, b).prefix { $0 == $1 }.count
        func part(_ text: String) -> String {
            if text.isEmpty { return "none" }
            guard text.count > most else { return text }
            let first = max(0, common - most / 3)
            let part = text.dropFirst(first).prefix(most)
            return (first > 0 ? "…" : "") + part + (first + most < text.count ? "…" : "")
        }
        return (part(a), part(b))
    }
}

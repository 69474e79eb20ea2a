import LockstepCluster

/// Finds values that differ between ranks, before the ranks use them together.
struct Disagreement {
    let communicator: any Communicator
    /// The host of each rank.
    let hosts: [String]

    /// Collective: throws if the ranks have different values.
    ///
    /// - Parameters:
    ///   - what: the name of the value.
    ///   - same: for each rank, whether its value equals rank 0's. It must be the same on all ranks.
    ///   - value: this rank's value, for the message.
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

    /// Both texts. Of a long text, only the part around the first difference.
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

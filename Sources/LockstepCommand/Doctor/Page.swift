import Lockstep

extension Examination {
    /// One page of plain text: the machine, its speed, and what to improve.
    var page: String {
        let parts = [summary, about, hostTable, rankTable, linkTable, verdict]
        return parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var about: String {
        var rows: [[String]] = []
        if let library {
            rows.append(["MPI", library])
            if let transports {
                let carriers =
                    transports.messaging == "ob1" ? " over btl \(transports.carriers.joined(separator: ", "))" : ""
                rows.append(["transports", "pml \(transports.messaging ?? "unknown")\(carriers)"])
                let settings = [("pml", transports.wantedMessaging), ("btl", transports.wantedCarriers)]
                rows.append([
                    "asked for",
                    settings.map { "\($0) \($1.isEmpty ? "of the library's choice" : $1)" }.joined(separator: ", "),
                ])
                if ranks.count > hosts.count {
                    rows.append(["within a host", transports.path(withinHost: true) ?? "unknown"])
                }
                if hosts.count > 1 { rows.append(["between hosts", transports.path(withinHost: false) ?? "unknown"]) }
            }
        }
        let sets = Set(hosts.map(\.instructionSets))
        rows.append([
            "instruction set",
            "\(instructionSet); "
                + (sets.count == 1
                    ? "there are \(hosts[0].instructionSets.joined(separator: ", "))"
                    : "hosts differ: "
                        + hosts.map { "\($0.name) has \($0.instructionSets.last ?? "none")" }.joined(separator: ", ")),
        ])
        return table(rows)
    }

    private var hostTable: String {
        let titles = [
            "host", "cores", "placement", "", "load", "memory", "/dev/shm free", "copy, one rank", "all at once",
        ]
        let rows = hosts.map { host in
            [
                host.name, "\(host.cores)" + (host.quota.map { Int($0) <= host.cores ? " by quota" : "" } ?? ""),
                host.placement,
                host.fit == "idle" ? "\(host.cores - host.threads) idle" : host.fit,
                column(host.load, width: 0), gigabytes(host.memoryBytes),
                host.freeSharedMemoryBytes.map(gigabytes) ?? "none",
                column(host.copyOneRankGbPerS, width: 0) + " GB/s", column(host.copyAllRanksGbPerS, width: 0) + " GB/s",
            ]
        }
        return table([titles] + rows, right: [1, 4, 5, 6, 7, 8])
    }

    /// The number of ranks that the page lists, to keep it short.
    private static let shownRanks = 32

    private var rankTable: String {
        let rows = ranks.prefix(Self.shownRanks).map { rank in
            ["\(rank.rank)", rank.host, rank.processors, "\(rank.threads)", column(rank.gflops, width: 0)]
        }
        let more = ranks.count - rows.count
        return table([["rank", "host", "processors", "threads", "GFLOP/s a core"]] + rows, right: [0, 3, 4])
            + (more > 0 ? "\nand \(more) ranks more; --json tells all" : "")
    }

    private var linkTable: String {
        guard !links.isEmpty else { return "" }
        let rows = links.map { link in
            [
                "\(link.from) – \(link.to)",
                link.hosts[0] == link.hosts[1] ? "on \(link.hosts[0])" : link.hosts.joined(separator: " – "),
                link.transport ?? "unknown", column(link.latencyUs, width: 0) + " µs",
                column(link.gbPerS, digits: 2, width: 0) + " GB/s",
            ]
        }
        return table([["ranks", "", "through", "latency", "bandwidth"]] + rows, right: [3, 4])
    }

    private var verdict: String {
        guard !findings.isEmpty else { return "Nothing to improve." }
        return
            (["To improve:"]
            + findings.enumerated().flatMap { index, finding in
                ["\(index + 1). \(finding.problem)"] + finding.remedy.map { "     \($0)" }
            })
            .joined(separator: "\n")
    }

    private func gigabytes(_ bytes: Int) -> String { column(Double(bytes) * 1e-9, width: 0) + " GB" }

    /// Columns as wide as their widest cell.
    private func table(_ rows: [[String]], right: Set<Int> = []) -> String {
        let widths = (rows.first ?? []).indices.map { index in rows.map { $0[index].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { index, cell in
                let blanks = String(repeating: " ", count: widths[index] - cell.count)
                return right.contains(index) ? blanks + cell : index == row.count - 1 ? cell : cell + blanks
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

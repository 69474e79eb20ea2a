import Lockstep

/// How many ranks to start on each host, all with as many threads, and the commands that do.
package struct Layout: Equatable {
    package let hosts: [String]
    package let ranks: [Int]
    package let threads: Int

    /// The most threads, but no more than a rank's share of the cores now, with which ranks can fill every host: all
    /// ranks get as much of each batch, so all should be as fast.
    package init(hosts: [String], cores: [Int], ranks: [Int]) {
        let share = zip(cores, ranks).map { max(1, $0 / max($1, 1)) }.min() ?? 1
        threads = (1...share).last { threads in !cores.contains { Placement.wastes($0 % threads, of: $0) } } ?? 1
        self.hosts = hosts
        self.ranks = cores.map { [threads] in $0 / threads }
    }

    /// The lines to type, with `launch/run` and with Open MPI's own launcher.
    ///
    /// - Parameters:
    ///   - threadsAreForced: `LOCKSTEP_THREADS` is set, and must be set right.
    ///   - processors: those to ask for where something other than mpirun has bound the program to fewer.
    package func commands(threadsAreForced: Bool, processors: String? = nil) -> [String] {
        let total = ranks.reduce(0, +)
        let variable = threadsAreForced ? " -x LOCKSTEP_THREADS=\(threads)" : ""
        if hosts.count > 1 {
            let lines = zip(hosts, ranks).map { "'\($0) slots=\($1)'" }.joined(separator: " ")
            let list = zip(hosts, ranks).map { "\($0):\($1)" }.joined(separator: ",")
            return [
                "printf '%s\\n' \(lines) >hosts.txt && launch/run --hosts hosts.txt --threads \(threads) PROGRAM",
                // Unbound, each rank takes its share of its host, and ranks that yield leave the network time to be
                // served.
                "mpirun --host \(list) -n \(total)\(variable) --bind-to none --mca mpi_yield_when_idle 1 PROGRAM",
            ]
        }
        let binding = processors.map { "taskset -c \($0) " } ?? ""
        if total == 1 {
            return [
                "\(binding)launch/run --threads \(threads) PROGRAM",
                "\(binding)env LOCKSTEP_THREADS=\(threads) PROGRAM",
            ]
        }
        return [
            "\(binding)launch/run -n \(total) --threads \(threads) PROGRAM",
            "mpirun -n \(total)\(variable) --use-hwthread-cpus --map-by slot:PE=\(threads) --bind-to hwthread PROGRAM",
        ]
    }
}

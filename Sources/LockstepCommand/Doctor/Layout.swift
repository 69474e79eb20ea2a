import Lockstep

/// The number of ranks for each host, with equal threads, and the commands that start them.
package struct Layout: Equatable {
    package let hosts: [String]
    package let ranks: [Int]
    package let threads: Int

    /// Chooses the largest number of threads with which ranks can fill every host, but at most a rank's present share
    /// of the cores. All ranks get equal parts of each batch, so all should be equally fast.
    package init(hosts: [String], cores: [Int], ranks: [Int]) {
        let share = zip(cores, ranks).map { max(1, $0 / max($1, 1)) }.min() ?? 1
        threads = (1...share).last { threads in !cores.contains { Placement.wastes($0 % threads, of: $0) } } ?? 1
        self.hosts = hosts
        self.ranks = cores.map { [threads] in $0 / threads }
    }

    /// The command lines, for `launch/run` and for Open MPI's own launcher.
    ///
    /// - Parameters:
    ///   - threadsAreForced: `LOCKSTEP_THREADS` is set, and must be corrected.
    ///   - processors: the processors to request, if something other than `mpirun` has bound the program to fewer.
    package func commands(threadsAreForced: Bool, processors: String? = nil) -> [String] {
        let total = ranks.reduce(0, +)
        let variable = threadsAreForced ? " -x LOCKSTEP_THREADS=\(threads)" : ""
        if hosts.count > 1 {
            let lines = zip(hosts, ranks).map { "'\($0) slots=\($1)'" }.joined(separator: " ")
            let list = zip(hosts, ranks).map { "\($0):\($1)" }.joined(separator: ",")
            return [
                "printf '%s\\n' \(lines) >hosts.txt && launch/run --hosts hosts.txt --threads \(threads) PROGRAM",
                // Without binding, each rank takes its share of its host. Ranks that yield leave time for the network
                // threads.
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

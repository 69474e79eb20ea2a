#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a job of Open MPI can leave on this machine when its processes were killed. The names of all of it hold the
/// number of the job or of mpirun.
enum Leftovers {
    /// Removes the shared memory of a job's ranks.
    ///
    /// - Parameter job: the job's number as mpirun writes it. Its upper half is the number of mpirun; its lower half
    ///   counts what mpirun has started.
    static func removeSegments(of job: UInt32) {
        let folders = ["OMPI_MCA_btl_vader_backing_directory", "OMPI_MCA_osc_sm_backing_directory"].compactMap {
            Files.variable($0)
        }
        for folder in Set(folders + ["/dev/shm"]) {
            for name in Files.names(in: folder) where number(inSegment: name).map({ $0 >> 16 == job >> 16 }) ?? false {
                let path = "\(folder)/\(name)"
                var status = stat()
                if lstat(path, &status) == 0, status.st_uid == geteuid() { unlink(path) }
            }
        }
    }

    /// The number of the job that a segment belongs to: `vader_segment.HOST.USER.JOB.RANK`,
    /// `osc_sm.HOST.JOB.RANK.COMMUNICATOR`, `osc_rdma.HOST.JOB.COMMUNICATOR`. A host's name may have dots.
    static func number(inSegment name: String) -> UInt32? {
        let parts = name.split(separator: ".")
        let places: [Substring: Int] = ["vader_segment": 2, "osc_sm": 3, "osc_rdma": 2]
        guard let kind = parts.first, let place = places[kind], parts.count > place + 1 else { return nil }
        return UInt32(parts[parts.count - place], radix: 16)
    }

    /// Removes the folder of an mpirun that was killed. Call it while no other process can have mpirun's number.
    static func removeSession(of process: pid_t) {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return }
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for host in Set([host, String(host.prefix { $0 != "." })]) {
            let folder = "\(Files.temporary)/ompi.\(host).\(geteuid())"
            Files.remove("\(folder)/pid.\(process)")
            rmdir(folder)
        }
    }
}

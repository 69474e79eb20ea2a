#if MPI
    import CMPIShim
#endif

/// The value of one of the MPI library's control variables; empty if it is neither text nor a truth, nil if there is no
/// such variable or no MPI.
///
/// Asked before MPI is initialized it may be nil too.
package func mpiSetting(_ name: String) -> String? {
    #if MPI
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer in
            guard ls_mpi_setting(name, buffer.baseAddress!, buffer.count) else { return nil }
            return String(cString: buffer.baseAddress!)
        }
    #else
        nil
    #endif
}

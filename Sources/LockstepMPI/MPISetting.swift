#if MPI
    import CMPIShim
#endif

/// The value of one of the MPI library's control variables. It is empty if the variable is neither text nor a boolean,
/// and nil if there is no such variable or no MPI.
///
/// Before MPI is initialized, it may be nil too.
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

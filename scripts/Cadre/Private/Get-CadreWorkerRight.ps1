# The rights that its unit gives a worker, to run engines as another user, in setpriv's words.
function Get-CadreWorkerRight {
    [CmdletBinding()]
    [OutputType([string])]
    param()
    '-all,+setuid,+setgid,+chown,+dac_override,+kill,+sys_ptrace'
}

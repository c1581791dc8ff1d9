# The kinds of trouble: the tool's exit code, the id and the category of PowerShell's error, what it means, and what to do.
function Get-CadreErrorKind {
    [CmdletBinding()]
    [OutputType('Cadre.ErrorHelp')]
    param()

    $rows = @(
        @(1, 'CadreNotSo', 'InvalidResult', 'What was asked for is not so: a job failed, is unknown or had ended before; a check found something.',
            'Read its sentence; Get-CadreJob, Get-CadreJobLog and Test-CadreNode tell more. The pipeline has gone on.'),
        @(64, 'CadreUsage', 'InvalidArgument', 'The command was not understood.', 'Get-Help CMDLET -Full'),
        @(65, 'CadreBadData', 'InvalidData', 'What was handed over was refused as it is.', 'Mend the file or the value that its sentence names.'),
        @(66, 'CadreNoInput', 'ObjectNotFound', 'A file that is not there, or cannot be read.', 'Look at the path, and at the rights of who runs this.'),
        @(69, 'CadreUnreachable', 'ConnectionError', 'The broker or the database does not answer.',
            'Test-CadreNode names what is to be mended first: name, port, key, service.'),
        @(70, 'CadreBug', 'InvalidOperation', 'A mistake of Cadre''s own, or two releases that do not fit.', 'Compare `cadre version` on both machines; report it with Export-CadreSupportBundle.'),
        @(73, 'CadreNoOutput', 'WriteError', 'A file cannot be written, or is there already.', 'Look at the directory''s room and rights; nothing is ever overwritten.'),
        @(75, 'CadreTryAgain', 'ResourceBusy', 'The time is up, or the cluster takes nothing now.', 'The same command again goes on; Get-CadreStatus says what it waits for.'),
        @(77, 'CadreNotAllowed', 'PermissionDenied', 'Your key, or your account, may not do that.',
            'As an administrator of the cluster (Get-CadreKey), or as root on the machine.'),
        @(78, 'CadreConfiguration', 'InvalidData', 'The node''s file or its keys are not right.', 'Test-CadreConfig, then Test-CadreNode.'),
        @(126, 'CadreToolFailed', 'NotSpecified', 'The tool `cadre` could not be run, or ended in a way that it does not name.', 'Run its command line by hand: -Verbose shows it.'),
        @(127, 'CadreToolMissing', 'ObjectNotFound', 'There is no tool `cadre` on this machine.', 'Install the package cadre, or name the tool: Connect-CadreCluster -Tool PATH'),
        @(130, 'CadreInterrupted', 'OperationStopped', 'It was interrupted.', 'The same command again goes on.'))
    foreach ($row in $rows) {
        [pscustomobject] @{ PSTypeName = 'Cadre.ErrorHelp'; Code = $row[1]; Meaning = $row[3]; Cure = $row[4]; ExitCode = $row[0]; Category = $row[2] }
    }
}
